import { arm } from '../guests/arm/index.ts';
import { CPU, CPU_BYTES, FLOAT_CELLS, FLOAT_ENVIRONMENT, FLOAT_FLAGS, PENDING, STACK_LEFT } from '../translate/state.ts';
import { stateCell } from './trace.ts';

/** Of each register below: where it lies. */
const at = (name: string): number => CPU + arm.slots.find((s) => s.name === name)!.offset;

test.each([
  ['r0', 'i32', at('r0')], ['r13', 'i32', at('r13')], ['q1', 'v128', at('q1')], ['q1', 'f64', at('q1')], ['q1+8', 'f64', at('q1') + 8],
  ['pending', 'i32', PENDING], ['stack left', 'i32', STACK_LEFT], ['float operands+8', 'f64', FLOAT_CELLS + 8],
  ['float flags', 'i32', CPU + FLOAT_FLAGS], ['float environment+4', 'i32', CPU + FLOAT_ENVIRONMENT + 4],
  [undefined, 'i32', CPU + CPU_BYTES], [undefined, 'i32', 0],
])('%s is what a region reads as %s at offset %i of the state', (name, type, offset) => expect(stateCell(arm, type, offset)).toBe(name));
