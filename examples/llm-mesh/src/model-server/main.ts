import { parseArgs } from 'node:util';
import { tinyModel } from './model.js';
import { startModelServer } from './model-server.js';

const { values } = parseArgs({ options: { port: { type: 'string', default: '8089' } } });
const { url } = await startModelServer({ model: tinyModel, port: Number(values.port) });
console.log(`a model answers at ${url}/v1`);
