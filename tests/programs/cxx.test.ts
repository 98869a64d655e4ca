// Every C++ program here.
import { testPrograms } from '../support/programs.ts';

testPrograms(__dirname, '.cpp');
