// The ratios as bars in an SVG, guest below guest: to the right of the line tsemu is faster, to the left qemu-user.
import type { Result, Results } from './results.ts';
import { ratio } from './table.ts';

const rowHeight = 20;
const headHeight = 50;
const left = 230;
const middle = 430;
const unit = 70; // pixels for a factor of two

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function bar(result: Result, y: number): string {
  const value = ratio(result, 'cpu');
  const label = `<text x="${left - 10}" y="${y + 13}" text-anchor="end">${escape(result.name)}</text>`;
  if (value === undefined || result.error !== undefined) return `${label}<text x="${middle + 5}" y="${y + 13}" fill="#b00">failed</text>`;
  const length = Math.min(Math.abs(Math.log2(value)) * unit, middle - left);
  const x = value >= 1 ? middle : middle - length;
  const number = `<text x="${value >= 1 ? middle + length + 5 : middle + 5}" y="${y + 13}">${value.toFixed(2)}×</text>`;
  return `${label}<rect x="${x.toFixed(1)}" y="${y + 3}" width="${length.toFixed(1)}" height="${rowHeight - 6}" fill="${value >= 1 ? '#2a7' : '#c63'}"/>${number}`;
}

function section({ guest, rows }: Results, top: number): string {
  const bottom = top + headHeight + rows.length * rowHeight;
  const marks = [-2, -1, 0, 1, 2, 3].map((power) => {
    const x = middle + power * unit;
    const label = power < 0 ? `1/${2 ** -power}` : `${2 ** power}×`;
    return `<line x1="${x}" y1="${top + 45}" x2="${x}" y2="${bottom}" stroke="#ccc"/><text x="${x}" y="${top + 40}" text-anchor="middle" fill="#666">${label}</text>`;
  });
  const title = `<text x="${middle}" y="${top + 20}" text-anchor="middle" font-size="14">Speed of tsemu relative to qemu-${guest} (processor time)</text>`;
  return [title, ...marks, ...rows.map((row, i) => bar(row, top + headHeight + i * rowHeight))].join('\n');
}

/** A picture of all rows; the scale is logarithmic. */
export function chart(all: readonly Results[]): string {
  let height = 0;
  const sections = all.map((results) => {
    const top = height;
    height += headHeight + results.rows.length * rowHeight + 20;
    return section(results, top);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="760" height="${height}" font-family="sans-serif" font-size="12">
<rect width="760" height="${height}" fill="white"/>
${sections.join('\n')}
</svg>
`;
}
