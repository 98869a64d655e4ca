// Every C program here, with the C library loaded by the guest's own dynamic loader.
import { testPrograms } from '../support/programs.ts';

testPrograms(__dirname, '.c', (modes) => modes.includes('dynamic'));
