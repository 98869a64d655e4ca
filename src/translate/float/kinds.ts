// The operations whose flags generated code may ask TypeScript for, by number.
export const flagKinds = ['add', 'sub', 'mul', 'div', 'sqrt', 'fma', 'demote'] as const;
export type FlagKind = (typeof flagKinds)[number];
/** The number of an operation whose result has the type. */
export const flagNumber = (type: 'f32' | 'f64', kind: FlagKind): number => flagKinds.indexOf(kind) * 2 + (type === 'f64' ? 1 : 0);
