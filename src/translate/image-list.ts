// What scripts/build.mjs computes beforehand for one guest address space.
import { accessorsImage } from '../memory/accessors.ts';
import { coreImage } from './interp/core.ts';
import type { Image } from './images.ts';
import { guestLimits } from './wasm/code.ts';

export function listImages(address: 'i32' | 'i64', pages: number): (readonly [key: string, image: Image])[] {
  const limits = guestLimits(address, pages);
  return [[`core-${address}-${pages}`, coreImage(limits)], [`accessors-${address}-${pages}`, accessorsImage(limits)]];
}
