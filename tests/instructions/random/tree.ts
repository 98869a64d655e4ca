// A random program as a tree: what it does, not where it lies. The tree can be made smaller and laid out again (shrink.ts).

/** Instructions of one routine's set (words of A32, halfwords of Thumb), and values of registers that they need. */
export type Op = {
  readonly name: string;
  readonly units: readonly number[];
  readonly registers: Readonly<Record<number, number>>;
  /** It may fault; the handler then goes on after it. */
  readonly faults?: boolean;
};
export type Node =
  /** Operations, then a record of all registers. */
  | { readonly kind: 'block'; readonly ops: readonly Op[] }
  | { readonly kind: 'loop'; readonly times: number; readonly body: readonly Node[] }
  /** The body is jumped over when the condition holds. */
  | { readonly kind: 'skip'; readonly condition: number; readonly body: readonly Node[] }
  /** One of the arms, by the lowest bits of a register; by a table of branches or of addresses; with a test for the range before it. */
  | { readonly kind: 'switch'; readonly register: number; readonly addresses: boolean; readonly tested: boolean; readonly arms: readonly (readonly Node[])[] }
  | { readonly kind: 'call'; readonly to: number; readonly indirect: boolean };
export type Routine = {
  readonly thumb: boolean;
  /** What it pushes beside lr. */
  readonly saved: number;
  /** It returns by POP {.., pc}, not by BX lr. */
  readonly pops: boolean;
  readonly body: readonly Node[];
};
export type Tree = {
  readonly routines: readonly Routine[];
  /** How often the first routine is called; one record in `period` is written. */
  readonly repeats: number;
  readonly period: number;
  /** Its words are what registers and memory start with. */
  readonly seed: number;
  /** There are handlers for faults. */
  readonly handles: boolean;
};

/** All operations of a tree. */
export function operations(tree: Tree): Op[] {
  const of = (nodes: readonly Node[]): Op[] => nodes.flatMap((node) => {
    switch (node.kind) {
      case 'block': return node.ops;
      case 'call': return [];
      case 'switch': return node.arms.flatMap(of);
      default: return of(node.body);
    }
  });
  return tree.routines.flatMap(({ body }) => of(body));
}
