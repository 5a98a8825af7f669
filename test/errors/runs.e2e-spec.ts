import { play } from './play.js';
import { RUN_SIDE } from './registry.js';

for (const one of RUN_SIDE) play(one);
