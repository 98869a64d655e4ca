// Drops from a block what nobody can see: values that are not read, and writes of slots that are written again before
// anything looks. Something looks where an instruction may fault, where a helper may run, and at the block's end.
import { endReads, slotBytes, type Block, type Node, type Ref } from '../ir.ts';
import { GET, INSN, SET } from '../ops.ts';

const STATE_WORDS = 1024;
/** By word of the state: the scan in which it was last found to be written before it is looked at. */
const overwritten = new Int32Array(STATE_WORDS);
let scan = 0;

/** Whether all words of the set's slot are written again; from here on they are. */
function coverWords(n: Node): boolean {
  const first = n.slot!.offset >> 2;
  let covered = true;
  for (let w = first, end = first + (slotBytes[n.slot!.type] >> 2); w < end; w++) {
    if (overwritten[w] !== scan) { covered = false; overwritten[w] = scan; }
  }
  return covered;
}

function lookAtWords(n: Node): void {
  const first = n.slot!.offset >> 2;
  for (let w = first, end = first + (slotBytes[n.slot!.type] >> 2); w < end; w++) overwritten[w] = 0;
}

let live = new Uint8Array(1024);
let moved = new Int32Array(1024);

/** Marks what is to stay; answers how many nodes do. From the end, because what reads a dead value does not count. */
function mark({ nodes, end }: Block): number {
  live.fill(0, 0, nodes.length);
  for (const ref of endReads(end)) live[ref] = 1;
  let kept = 0;
  scan++;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const n = nodes[i]!;
    const { kind, effect, arity } = n.op;
    if (kind === SET) {
      if (n.slot!.offset >= 0 && coverWords(n)) continue;
    } else if (kind !== INSN) {
      if (effect === 'none') {
        if (live[i] === 0) continue;
        if (kind === GET && n.slot!.offset >= 0) lookAtWords(n);
      } else if (effect !== 'flags') scan++;
    }
    live[i] = 1;
    kept++;
    if (arity > 0) { live[n.a] = 1; if (arity > 1) { live[n.b] = 1; if (arity > 2) live[n.c] = 1; } }
  }
  return kept;
}

/** The block without what is dead. */
export function dropDead(block: Block): Block {
  const { nodes, end } = block;
  if (nodes.length > live.length) { live = new Uint8Array(2 * nodes.length); moved = new Int32Array(2 * nodes.length); }
  const count = mark(block);
  if (count === nodes.length) return block;
  const kept: Node[] = [];
  for (let i = 0; i < nodes.length; i++) {
    if (live[i] === 0) continue;
    const n = nodes[i]!;
    moved[i] = kept.length;
    const a = n.op.arity > 0 ? moved[n.a]! : 0;
    const b = n.op.arity > 1 ? moved[n.b]! : 0;
    const c = n.op.arity > 2 ? moved[n.c]! : 0;
    kept.push(a === n.a && b === n.b && c === n.c ? n : { ...n, a, b, c });
  }
  const at = (ref: Ref): Ref => moved[ref]!;
  switch (end.kind) {
    case 'branch': return { ...block, nodes: kept, end: { ...end, cond: at(end.cond) } };
    case 'callIndirect': case 'indirect': case 'return': return { ...block, nodes: kept, end: { ...end, target: at(end.target) } };
    default: return { ...block, nodes: kept };
  }
}
