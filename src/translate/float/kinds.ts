// The operations that generated code may ask TypeScript for, by number.

/** Those done as the thread's floating-point environment says: environment.ts. */
export const environmentKinds = [
  'add', 'sub', 'mul', 'div', 'sqrt', 'fma', 'maxnm', 'minnm', 'quiet', 'operand', 'compare', 'compareAll', 'convert', 'fromHalf', 'toHalf', 'toBF16', 'toJavaScript', 'update',
] as const;
export type EnvironmentKind = (typeof environmentKinds)[number];
/** The number of an operation whose operands (of `fromHalf`: whose result) have the type. */
export const environmentNumber = (type: 'f32' | 'f64', kind: EnvironmentKind): number =>
  environmentKinds.indexOf(kind) * 2 + (type === 'f64' ? 1 : 0);

/** Those of four singles in the standard environment: vectors.ts. */
export const vectorKinds = [
  'add', 'sub', 'mul', 'step', 'fma', 'max', 'min', 'maxnm', 'minnm', 'eq', 'ge', 'gt', 'operand', 'recpe', 'rsqrte', 'toHalf', 'fromHalf', 'toBF16', 'dotBF16',
] as const;
export type VectorKind = (typeof vectorKinds)[number];
/** Numbers from here on are theirs. */
export const VECTORS = 128;

/** Those in half precision: halves.ts. */
export const halfKinds = [
  'add', 'sub', 'mul', 'div', 'step', 'fma', 'sqrt', 'max', 'min', 'maxnm', 'minnm', 'eq', 'ge', 'gt', 'recpe', 'rsqrte', 'rint', 'rintx', 'toInteger', 'fromInteger',
] as const;
export type HalfKind = (typeof halfKinds)[number];
/** Numbers from here on are theirs. */
export const HALVES = 192;
export const halfNumber = (vector: boolean, kind: HalfKind): number => HALVES + halfKinds.indexOf(kind) * 2 + (vector ? 1 : 0);
/** The rounding mode of halves' conversions that is the thread's. */
export const CURRENT = 5;
