import { printGenotype } from '../search/genotype';
import { isDecided, largest, type Candidates, type CandidateOp } from '../search/space';
import { assert } from '../base/errors';
import { at, markup, type Markup } from './markup';

interface OpLook {
  /** Two short lines under the bar. */
  name: readonly [string, string];
  colour: string;
  /** What it is, for people who do not know the field. */
  meaning: string;
}

const looks: Record<CandidateOp, OpLook> = {
  identity: { name: ['identity', ''], colour: 'soft', meaning: 'passes everything on and costs nothing' },
  conv3x3: { name: ['conv', '3×3'], colour: 'blue', meaning: 'plain convolution' },
  sep3x3: {
    name: ['separable', '3×3'],
    colour: 'orange',
    meaning: 'each channel by itself, then mixed: cheap',
  },
  sep5x5: {
    name: ['separable', '5×5'],
    colour: 'orange',
    meaning: 'each channel by itself, then mixed: cheap, sees farther',
  },
  invertedResidual: {
    name: ['inverted', 'residual'],
    colour: 'purple',
    meaning: 'widens, filters each channel, narrows again',
  },
  edgeConv3x3: {
    name: ['edge', '3×3'],
    colour: 'green',
    meaning: 'trained as several branches with edge filters, folded to one plain 3×3 convolution',
  },
};

const slot = 64;
const bar = 30;
const gap = 30;
const boxWidth = 58;
const tallest = 112;
/** Heights of the lines that features run along: the trunk, the residuals, the fusion, the skip path. */
const trunkTop = 118;
const residualTop = 50;
const fusionTop = 24;
const skipTop = 246;
const height = 278;

/** A finished network from left to right: heights are channels, colours are operations, thin lines cost nothing. */
export function drawArchitecture(architecture: Candidates): Markup {
  assert(isDecided(architecture), 'a network to draw has nothing left to choose');
  const { scale, trunk, exits, fusions } = architecture;
  const cells = architecture.cells.slice(0, exits[0]);
  const widest = Math.max(largest(trunk), ...cells.map(({ inner }) => largest(inner)), 3 * scale ** 2);
  const drawing = new Drawing(tallest / widest);
  const width = trunk[0]!;

  drawing.box('photo', 'RGB');
  const input = drawing.place(14);
  drawing.bar(['stem', '3×3'], 'neutral', width);
  /** Where feature j (0 = stem, j = behind cell j) can be tapped. */
  const taps = [drawing.place(gap / 2)];
  cells.forEach(({ inner, ops }, i) => {
    const [first, second] = ops.map(([op]) => op!) as [CandidateOp, CandidateOp];
    drawing.cell(i + 1, first === 'identity' ? width : inner[0]!, width, [first, second]);
    taps.push(drawing.place(gap / 2));
  });
  const [fused] = fusions;
  if (fused !== undefined && fused !== 'none' && fused < cells.length)
    drawing.jump(
      taps[fused]!,
      drawing.plus(),
      fusionTop,
      `fusion of ${fused === 0 ? 'the stem' : `cell ${fused}`}`,
    );
  drawing.bar(['tail', '3×3'], 'neutral', 3 * scale ** 2);
  const sum = drawing.plus();
  drawing.jump(
    input + 4,
    sum,
    skipTop,
    `skip path: the photo enlarged ×${scale} (5×5, bicubic to begin with)`,
  );
  drawing.place(14);
  drawing.box('shuffle', `×${scale}`);
  const end = drawing.place(20);
  return markup`<div class="wide" tabindex="0"><svg class="network" viewBox="0 0 ${at(end + 30)} ${height}" style="min-width:${at((end + 30) * 0.8)}px;max-width:${at((end + 30) * 1.1)}px" role="img" aria-label="The network: ${printGenotype(architecture)}">
<line class="trunk" x1="12" x2="${end + 12}" y1="${trunkTop}" y2="${trunkTop}"/><path class="arrow" d="M${end + 8} ${trunkTop - 6}l12 6l-12 6z"/>
${drawing.parts}</svg></div>
${legend(cells.flatMap(({ ops }) => ops.map(([op]) => op!)))}
<pre class="genotype">${printGenotype(architecture)}</pre>`;
}

/** Places parts one after the other. */
class Drawing {
  readonly parts: Markup[] = [];
  private x = 10;

  constructor(private readonly perChannel: number) {}

  add(part: Markup): void {
    this.parts.push(part);
  }

  /** Moves on by `width`; returns where that ends. */
  place(width: number): number {
    return (this.x += width);
  }

  bar(name: readonly [string, string], colour: string, channels: number): void {
    const left = at(this.x + (slot - bar) / 2);
    const middle = left + bar / 2;
    const tall = Math.max(14, channels * this.perChannel);
    this.x += slot;
    this.add(
      markup`<rect class="bar ${colour}" x="${left}" y="${at(trunkTop - tall / 2)}" width="${bar}" height="${at(tall)}" rx="3"/><text class="channels" x="${middle}" y="${trunkTop + 4.5}" text-anchor="middle">${channels}</text>${caption(name, middle)}`,
    );
  }

  /** What is no layer with weights: the photo, the pixel shuffle. */
  box(first: string, second: string): void {
    const middle = this.x + boxWidth / 2;
    this.add(
      markup`<rect class="box" x="${this.x}" y="${trunkTop - 24}" width="${boxWidth}" height="48" rx="4"/><text x="${middle}" y="${trunkTop - 3}" text-anchor="middle">${first}</text><text x="${middle}" y="${trunkTop + 13}" text-anchor="middle">${second}</text>`,
    );
    this.x += boxWidth;
  }

  /** One cell: two operations with a residual around them. */
  cell(number: number, inner: number, width: number, ops: readonly [CandidateOp, CandidateOp]): void {
    const start = this.x;
    this.x += 6;
    ops.forEach((op, i) => {
      if (op === 'identity') {
        this.add(caption(looks.identity.name, this.x + slot / 2, 'small'));
        this.x += slot;
      } else this.bar(looks[op].name, looks[op].colour, i === 0 ? inner : width);
    });
    this.jump(start, this.plus(), residualTop);
    this.add(
      markup`<text class="small" x="${at((start + this.x) / 2)}" y="${residualTop - 7}" text-anchor="middle">cell ${number}</text>`,
    );
  }

  /** A sum on the trunk; returns its place. */
  plus(): number {
    const x = this.x + 10;
    this.x += 20;
    this.add(
      markup`<circle class="plus" cx="${x}" cy="${trunkTop}" r="8"/><path class="sign" d="M${x - 4} ${trunkTop}h8M${x} ${trunkTop - 4}v8"/>`,
    );
    return x;
  }

  /** A line that leaves the trunk and meets it again in a sum. */
  jump(from: number, to: number, top: number, label?: string): void {
    const edge = top < trunkTop ? trunkTop - 8 : trunkTop + 8;
    const bow = Math.sign(top - trunkTop) * 8;
    this.parts.unshift(
      markup`<path class="jump" d="M${at(from)} ${trunkTop}V${top - bow}q0 ${bow} 8 ${bow}H${at(to - 8)}q8 0 8 ${-bow}V${edge}"/>`,
    );
    if (label !== undefined)
      this.add(
        markup`<text class="small" x="${at((from + to) / 2)}" y="${top + (bow > 0 ? 18 : -7)}" text-anchor="middle">${label}</text>`,
      );
  }
}

function caption([first, second]: readonly [string, string], middle: number, look = ''): Markup {
  const top = trunkTop + tallest / 2 + 20;
  return markup`<text class="${look}" x="${at(middle)}" y="${top}" text-anchor="middle">${first}</text><text class="${look}" x="${at(middle)}" y="${top + 15}" text-anchor="middle">${second}</text>`;
}

/** The operations that occur, in plain words. */
function legend(ops: readonly CandidateOp[]): Markup {
  const used = (Object.keys(looks) as CandidateOp[]).filter((op) => ops.includes(op));
  return markup`<ul class="legend">${used.map((op) => {
    const { name, colour, meaning } = looks[op];
    return markup`<li><span class="key ${colour}"></span><b>${name.join(' ').trim()}</b>: ${meaning}</li>`;
  })}</ul>`;
}
