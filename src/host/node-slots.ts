// Where the pinned Node keeps the addresses of C library functions that we redirect: found once by got.ts's search, since
// that takes a millisecond at each start. got.test.ts compares; for any other Node the search is made.
import type { HostAddress } from '../address.ts';

export type NodeSlots = {
  /** The part of memory that the dynamic linker has made read-only (PT_GNU_RELRO). */
  readonly relro: readonly [from: HostAddress, to: HostAddress];
  readonly slots: Readonly<Record<string, readonly number[]>>;
};

export const nodeSlots: Readonly<Record<string, NodeSlots>> = {
  'v26.10.0 x64': {
    relro: [0x72a72a0, 0x72dc000],
    slots: {
      write: [0x72d9b08, 0x72dbc88, 0x7303010], read: [0x72d98d0, 0x72db8b8, 0x7302fc8], madvise: [0x72d8de0], eventfd: [0x72d9c98],
      epoll_create1: [0x72d96b0], epoll_ctl: [0x72d8aa8], epoll_pwait: [0x72d9670], pipe2: [0x72d9c18, 0x72dbe88],
      syscall: [0x72d8b90, 0x72d9f20],
    },
  },
};
