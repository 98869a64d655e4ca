// Classic BPF as seccomp has it: checks a program as the kernel's bpf_check_classic() and seccomp_check_filter() do, and runs it over
// the words of struct seccomp_data.

/** A program: for each instruction the words code | jt << 16 | jf << 24, and k. */
export type Filter = Int32Array;

export const MOST_INSTRUCTIONS = 4096;
const MEMORY_WORDS = 16;

const LD_ABS = 0x20, LD_LEN = 0x80, LDX_LEN = 0x81, LD_IMM = 0x00, LDX_IMM = 0x01, LD_MEM = 0x60, LDX_MEM = 0x61, ST = 0x02, STX = 0x03, TAX = 0x07, TXA = 0x87;
const RET_K = 0x06, RET_A = 0x16, JA = 0x05, NEG = 0x84;
/** Operation of the upper nibble; bit 3 of the code says that the operand is X. */
const ALU = 0x04, JUMP = 0x05, USE_X = 0x08;
const ADD = 0x00, SUB = 0x10, MUL = 0x20, DIV = 0x30, OR = 0x40, AND = 0x50, LSH = 0x60, RSH = 0x70, XOR = 0xa0;
const JEQ = 0x10, JGT = 0x20, JGE = 0x30, JSET = 0x40;
const ALU_OPS: ReadonlySet<number> = new Set([ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, XOR]);
const JUMPS: ReadonlySet<number> = new Set([JEQ, JGT, JGE, JSET]);

const code = (word: number): number => word & 0xffff;
const jt = (word: number): number => (word >>> 16) & 0xff;
const jf = (word: number): number => word >>> 24;

/** Whether the kernel would take the program for data of `bytes` bytes. */
export function isValid(filter: Filter, bytes: number): boolean {
  const length = filter.length / 2;
  if (length === 0 || length > MOST_INSTRUCTIONS) return false;
  const last = code(filter[filter.length - 2]!);
  if (last !== RET_K && last !== RET_A) return false;
  return Array.from({ length }, (_, i) => isValidAt(filter, i, length, bytes)).every(Boolean);
}

function isValidAt(filter: Filter, i: number, length: number, bytes: number): boolean {
  const word = filter[2 * i]!, k = filter[2 * i + 1]! >>> 0;
  const op = code(word);
  switch (op) {
    case LD_ABS: return k < bytes && k % 4 === 0;
    case LD_MEM: case LDX_MEM: case ST: case STX: return k < MEMORY_WORDS;
    case LD_LEN: case LDX_LEN: case LD_IMM: case LDX_IMM: case TAX: case TXA: case RET_K: case RET_A: case NEG: return true;
    case JA: return k < length - i - 1;
    default:
  }
  const kind = op & 0x07, operation = op & 0xf0;
  if (op > 0xff) return false;
  if (kind === ALU && ALU_OPS.has(operation)) {
    if (op & USE_X) return true;
    return operation === DIV ? k !== 0 : operation === LSH || operation === RSH ? k < 32 : true;
  }
  return kind === JUMP && JUMPS.has(operation) && i + jt(word) + 1 < length && i + jf(word) + 1 < length;
}

/** What a valid program answers for the data. */
export function runFilter(filter: Filter, data: Uint32Array): number {
  const memory = new Uint32Array(MEMORY_WORDS);
  let a = 0, x = 0;
  for (let pc = 0; ; pc += 2) {
    const word = filter[pc]!, k = filter[pc + 1]! >>> 0;
    const op = code(word);
    switch (op) {
      case RET_K: return k;
      case RET_A: return a >>> 0;
      case LD_ABS: a = data[k >>> 2]!; continue;
      case LD_LEN: a = data.byteLength; continue;
      case LDX_LEN: x = data.byteLength; continue;
      case LD_IMM: a = k; continue;
      case LDX_IMM: x = k; continue;
      case LD_MEM: a = memory[k]!; continue;
      case LDX_MEM: x = memory[k]!; continue;
      case ST: memory[k] = a; continue;
      case STX: memory[k] = x; continue;
      case TAX: x = a; continue;
      case TXA: a = x; continue;
      case NEG: a = -a >>> 0; continue;
      case JA: pc += 2 * k; continue;
      default:
    }
    const operand = op & USE_X ? x : k;
    if ((op & 0x07) === ALU) {
      // The kernel's own answer to a division by an X of zero.
      if ((op & 0xf0) === DIV && operand === 0) return 0;
      a = alu(op & 0xf0, a, operand);
    } else pc += 2 * (holds(op & 0xf0, a, operand) ? jt(word) : jf(word));
  }
}

function alu(operation: number, a: number, b: number): number {
  switch (operation) {
    case ADD: return (a + b) >>> 0;
    case SUB: return (a - b) >>> 0;
    case MUL: return Math.imul(a, b) >>> 0;
    case DIV: return Math.floor(a / b);
    case OR: return (a | b) >>> 0;
    case AND: return (a & b) >>> 0;
    case LSH: return (a << b) >>> 0;
    case RSH: return a >>> b;
    default: return (a ^ b) >>> 0;
  }
}

function holds(operation: number, a: number, b: number): boolean {
  switch (operation) {
    case JEQ: return a === b;
    case JGT: return a > b;
    case JGE: return a >= b;
    default: return (a & b) !== 0;
  }
}
