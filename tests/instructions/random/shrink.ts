// Makes a program that fails smaller while it fails.
import type { Node, Op, Tree } from './tree.ts';

/** Ways to leave something out of a list: halves first, then ever smaller parts. */
function* shorter<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let size = Math.max(list.length >> 1, 1); size > 0 && list.length > 0; size >>= 1) {
    for (let at = 0; at < list.length; at += size) yield [...list.slice(0, at), ...list.slice(at + size)];
  }
}

function* smallerNodes(nodes: readonly Node[]): Generator<readonly Node[]> {
  yield* shorter(nodes);
  for (const [i, node] of nodes.entries()) {
    const put = (...by: readonly Node[]): readonly Node[] => [...nodes.slice(0, i), ...by, ...nodes.slice(i + 1)];
    switch (node.kind) {
      case 'block': for (const ops of shorter<Op>(node.ops)) yield put({ ...node, ops }); break;
      case 'call': if (node.indirect) yield put({ ...node, indirect: false }); break;
      case 'switch':
        for (const arm of node.arms) yield put(...arm);
        for (const [k, arm] of node.arms.entries()) for (const body of smallerNodes(arm)) yield put({ ...node, arms: node.arms.map((old, at) => (at === k ? body : old)) });
        break;
      default:
        yield put(...node.body);
        if (node.kind === 'loop' && node.times > 1) { yield put({ ...node, times: 1 }); yield put({ ...node, times: node.times >> 1 }); }
        for (const body of smallerNodes(node.body)) yield put({ ...node, body });
    }
  }
}

function* smaller(tree: Tree): Generator<Tree> {
  if (tree.period > 1) { yield { ...tree, period: 1 }; yield { ...tree, period: tree.period >> 1 }; }
  if (tree.repeats > 1) for (const repeats of [1, tree.repeats >> 4, tree.repeats >> 1].filter((n) => n > 0)) yield { ...tree, repeats };
  for (const [i, routine] of tree.routines.entries()) {
    const put = (body: readonly Node[]): Tree => ({ ...tree, routines: tree.routines.map((old, k) => (k === i ? { ...routine, body } : old)) });
    for (const body of smallerNodes(routine.body)) yield put(body);
  }
  if (tree.handles) yield { ...tree, handles: false };
}

/** The smallest tree that was found to fail still, in at most so many runs. */
export function shrink(tree: Tree, fails: (tree: Tree) => boolean, runs: number): Tree {
  let best = tree;
  for (let found = true; found;) {
    found = false;
    for (const candidate of smaller(best)) {
      if (runs-- <= 0) return best;
      if (!fails(candidate)) continue;
      best = candidate;
      found = true;
      break;
    }
  }
  return best;
}
