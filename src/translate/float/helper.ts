// What generated code calls for floating point that it does not do itself: one function, and operations by number. Operands
// are in cells of the state memory, and so are the answers.
import { environmentHelper } from './environment.ts';
import { halfHelper } from './halves.ts';
import { HALVES, VECTORS } from './kinds.ts';
import { vectorHelper } from './vectors.ts';

/** Makes the function that generated code calls with an operation's number. `buffer` is the state memory. */
export function floatHelper(buffer: SharedArrayBuffer): (operation: number) => void {
  const environment = environmentHelper(buffer), vectors = vectorHelper(buffer), halves = halfHelper(buffer);
  return (operation) => {
    if (operation >= HALVES) halves(operation);
    else if (operation >= VECTORS) vectors(operation);
    else environment(operation);
  };
}
