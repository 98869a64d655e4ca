// The framing of gdb's remote protocol: $body#checksum, with }-escapes, acknowledgements and the interrupt character between. Bodies are latin1 strings, a
// character a byte. What a peer sends is never trusted to be well formed.

export type Received =
  | { readonly kind: 'packet'; readonly body: string }
  /** A packet that came in damaged, or that is too long. */
  | { readonly kind: 'damaged' }
  | { readonly kind: 'interrupt' }
  /** The peer did not get our last packet right. */
  | { readonly kind: 'repeat' };

/** Bytes of a body, escapes included: what we tell gdb (PacketSize). */
export const PACKET_SIZE = 0x4000;

const START = 0x24, END = 0x23, ESCAPE = 0x7d, INTERRUPT = 3, NACK = 0x2d;
const hexDigit = /^[0-9a-fA-F]{2}$/;

/** Takes bytes as they come, in pieces of any size. */
export class PacketReader {
  /** Bytes of the packet that is coming, or null between packets. */
  private body: number[] | null = null;
  private tooLong = false;
  /** The checksum's digits, once the packet's end has been seen. */
  private digits: string | null = null;

  feed(bytes: Uint8Array): Received[] {
    const found: Received[] = [];
    for (const byte of bytes) {
      if (this.digits !== null) {
        this.digits += String.fromCharCode(byte);
        if (this.digits.length === 2) found.push(this.finish(this.digits));
      } else if (this.body === null) {
        if (byte === START) this.body = [];
        else if (byte === INTERRUPT) found.push({ kind: 'interrupt' });
        else if (byte === NACK) found.push({ kind: 'repeat' });
      } else if (byte === END) this.digits = '';
      else if (byte === START) { this.body = []; this.tooLong = false; }
      else if (this.body.length < PACKET_SIZE) this.body.push(byte);
      else this.tooLong = true;
    }
    return found;
  }

  private finish(digits: string): Received {
    const raw = this.body!, fits = !this.tooLong;
    this.body = this.digits = null;
    this.tooLong = false;
    const sum = raw.reduce((total, byte) => (total + byte) & 0xff, 0);
    if (!fits || !hexDigit.test(digits) || parseInt(digits, 16) !== sum) return { kind: 'damaged' };
    const body: number[] = [];
    for (let i = 0; i < raw.length; i++) body.push(raw[i] === ESCAPE && i + 1 < raw.length ? raw[++i]! ^ 0x20 : raw[i]!);
    return { kind: 'packet', body: Buffer.from(body).toString('latin1') };
  }
}

/** A packet with this body. */
export function encodePacket(body: string): Buffer {
  const escaped = body.replace(/[$#}*]/g, (c) => `}${String.fromCharCode(c.charCodeAt(0) ^ 0x20)}`);
  const bytes = Buffer.from(escaped, 'latin1');
  const sum = bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
  return Buffer.concat([Buffer.from('$'), bytes, Buffer.from(`#${sum.toString(16).padStart(2, '0')}`)]);
}

// What is in bodies.

export const toHex = (bytes: Uint8Array | string): string => (typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)).toString('hex');

/** Null when the text is not pairs of hexadecimal digits. */
export const fromHex = (text: string): Buffer | null => (/^([0-9a-fA-F]{2})*$/.test(text) ? Buffer.from(text, 'hex') : null);

/** A hexadecimal number of up to 64 bits; NaN for anything else. Numbers past 2^53 are none that a guest address can be. */
export const number = (text: string | undefined): number => (text !== undefined && /^[0-9a-fA-F]{1,16}$/.test(text) ? parseInt(text, 16) : NaN);

/** The part of a document that qXfer asks for: `offset,length`. */
export function part(document: string, range: string): string {
  const [offset, length] = range.split(',').map(number);
  if (offset === undefined || length === undefined || Number.isNaN(offset + length)) return 'E01';
  // Escapes may double it.
  const piece = document.slice(offset, offset + Math.min(length, PACKET_SIZE / 2 - 4));
  return `${offset + piece.length < document.length ? 'm' : 'l'}${piece}`;
}
