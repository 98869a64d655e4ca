// What the bundle dist/tool.cjs starts with.
import { main } from './index.ts';

void main();
