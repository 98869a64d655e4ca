// Numbers that are places, kept apart by the compiler. A plain number still is any of them, and arithmetic makes plain numbers;
// but what is known to be of one space cannot be handed to what wants another.

/** An address in the guest's memory. Arithmetic is the caller's: keep it unsigned (`>>> 0` for 32-bit guests). */
export type GuestAddress = number & { readonly _space?: 'guest' };

/** An address in this process, as the host's kernel takes it. */
export type HostAddress = number & { readonly _space?: 'host' };

/** Bytes from the start of a file. */
export type FileOffset = number & { readonly _space?: 'file' };

/** An argument of the host's system calls: anything but a guest address, which would be taken for a host address. */
export type HostWord = number & { readonly _space?: 'host' | 'file' };
