// Every C program here, linked statically.
import { testPrograms } from '../support/programs.ts';

testPrograms(__dirname, '.c', (modes) => !modes.includes('dynamic'));
