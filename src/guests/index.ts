// The guests that tsemu knows: a new one is a folder and a line here.
import { arm } from './arm/index.ts';
import type { Guest } from './guest.ts';
import { riscv32, riscv64 } from './riscv/index.ts';

export const guests: readonly Guest[] = [arm, riscv64, riscv32];
