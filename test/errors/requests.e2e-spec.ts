import { play } from './play.js';
import { REQUEST_SIDE } from './registry.js';

for (const one of REQUEST_SIDE) play(one);
