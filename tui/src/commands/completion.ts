import { Argument, Command } from 'commander';
import { type Shell, shells } from '../completion/shells.js';
import type { CliContext } from './cli-context.js';

const help = `
To have it in every shell:
  bash  echo 'source <(agentnet completion bash)' >> ~/.bashrc
  zsh   echo 'source <(agentnet completion zsh)' >> ~/.zshrc
  fish  agentnet completion fish > ~/.config/fish/completions/agentnet.fish`;

/** Prints what a shell needs to complete commands, options and their values. */
export function completionCommand(context: CliContext): Command {
  return new Command('completion')
    .description('Prints the script with which a shell completes commands and options.')
    .addArgument(new Argument('<shell>', 'your shell').choices(shells))
    .addHelpText('after', help)
    .action(async (shell: Shell) => {
      const { scripts } = await import('../completion/scripts.js');
      context.terminal.print(scripts[shell]);
    });
}

/** Asked by that script, never by a person: `agentnet complete -- <words so far>`. */
export function completeCommand(context: CliContext, buildProgram: () => Command): Command {
  return new Command('complete').argument('<words...>').action(async (words: string[]) => {
    const { suggest } = await import('../completion/suggest.js');
    await suggest(buildProgram(), words, context);
  });
}
