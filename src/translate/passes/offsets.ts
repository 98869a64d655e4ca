// Moves constants that are added to an address into the access itself: WebAssembly's loads and stores add an offset for free,
// where an addition costs an instruction each time. For regions only: tier 0's accesses have no room for one.
//
// WebAssembly does not wrap the sum around the address space as the guest's addition does. What wraps ends below
// LOWEST_MAPPED, where nothing is ever mapped, and what does not wrap and is past the end is not mapped either:
// both fault, and the run loop says where (run-loop.ts).
import { LOWEST_MAPPED } from '../../memory/page-table.ts';
import type { Block, Node, Ref } from '../ir.ts';
import { CONST, takesOffset } from '../ops.ts';

/** Bytes of the widest access. */
const WIDEST = 16;

/** The constant that an addition adds, as a signed number; undefined when it is not one. */
function added(nodes: readonly Node[], n: Node): number | undefined {
  const b = nodes[n.b]!;
  if (n.op.name === 'i32.add') return b.op.kind === CONST ? b.imm : undefined;
  return n.op.name === 'i64.add' && b.op.kind === CONST && b.imm2 === b.imm >> 31 ? b.imm : undefined;
}

/** The block with constant offsets in its accesses. Additions that nothing reads any more are left for who emits the block. */
export function foldOffsets(block: Block): Block {
  const { nodes } = block;
  /** By the ref that something is added to: the lowest sum so far, for accesses below the ref itself. */
  const lowest = new Map<Ref, { readonly sum: Ref; readonly by: number }>();
  let changed: Node[] | undefined;
  for (let i = 0; i < nodes.length; i++) {
    const n = nodes[i]!;
    const by = added(nodes, n);
    if (by !== undefined && by < 0 && by < (lowest.get(n.a)?.by ?? 0)) lowest.set(n.a, { sum: i, by });
    if (!takesOffset(n.op)) continue;
    const sum = nodes[n.a]!;
    const offset = added(nodes, sum);
    if (offset === undefined) continue;
    const base = offset >= 0 ? { sum: sum.a, by: 0 } : lowest.get(sum.a)!;
    if (base.sum === n.a || offset - base.by > LOWEST_MAPPED - WIDEST) continue;
    changed ??= [...nodes];
    changed[i] = { ...n, a: base.sum, imm: offset - base.by };
  }
  return changed === undefined ? block : { ...block, nodes: changed };
}
