// The ratios as bars in an SVG: to the right of the line tsemu is faster, to the left qemu-arm.
import type { Result } from './bench.ts';
import { ratio } from './table.ts';

const rowHeight = 20;
const left = 230;
const middle = 430;
const unit = 70; // pixels for a factor of two

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function bar(result: Result, index: number): string {
  const y = 50 + index * rowHeight;
  const value = ratio(result, 'cpu');
  const label = `<text x="${left - 10}" y="${y + 13}" text-anchor="end">${escape(result.name)}</text>`;
  if (value === undefined || result.error !== undefined) return `${label}<text x="${middle + 5}" y="${y + 13}" fill="#b00">failed</text>`;
  const length = Math.min(Math.abs(Math.log2(value)) * unit, middle - left);
  const x = value >= 1 ? middle : middle - length;
  const number = `<text x="${value >= 1 ? middle + length + 5 : middle + 5}" y="${y + 13}">${value.toFixed(2)}×</text>`;
  return `${label}<rect x="${x.toFixed(1)}" y="${y + 3}" width="${length.toFixed(1)}" height="${rowHeight - 6}" fill="${value >= 1 ? '#2a7' : '#c63'}"/>${number}`;
}

/** A picture of all rows; the scale is logarithmic. */
export function chart(results: readonly Result[]): string {
  const height = 70 + results.length * rowHeight;
  const marks = [-2, -1, 0, 1, 2, 3].map((power) => {
    const x = middle + power * unit;
    const label = power < 0 ? `1/${2 ** -power}` : `${2 ** power}×`;
    return `<line x1="${x}" y1="45" x2="${x}" y2="${height - 20}" stroke="#ccc"/><text x="${x}" y="40" text-anchor="middle" fill="#666">${label}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="760" height="${height}" font-family="sans-serif" font-size="12">
<rect width="760" height="${height}" fill="white"/>
<text x="${middle}" y="20" text-anchor="middle" font-size="14">Speed of tsemu relative to qemu-arm (processor time)</text>
${marks.join('\n')}
${results.map(bar).join('\n')}
</svg>
`;
}
