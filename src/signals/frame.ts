// A signal frame on its way to or from the guest's stack.
import type { FrameBuffer, SignalFrame } from '../guests/guest.ts';

export function newFrame({ size }: Pick<SignalFrame, 'size'>): FrameBuffer {
  const bytes = new Uint8Array(size);
  return { bytes, view: new DataView(bytes.buffer) };
}
