export { nextCommands } from './next-commands.js';
export { setStage } from './set-stage.js';
export { tellStory } from './tell-story.js';
