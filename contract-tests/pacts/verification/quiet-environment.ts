import { environment } from './environment.js';

Object.assign(process.env, environment);
