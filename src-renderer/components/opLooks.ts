import type { drawings } from '../words/en/drawings';

type WordKey = `drawings.${keyof typeof drawings}`;

/** How an operation of a cell is shown everywhere: its colour of the theme, its name, what it does. */
export interface OpLook {
  colour: 'soft' | 'blue' | 'orange' | 'purple' | 'green';
  /** The last word goes on a line of its own where there is little room. */
  name: WordKey;
  meaning: WordKey;
}

const looks: Partial<Record<string, OpLook>> = {
  identity: { colour: 'soft', name: 'drawings.identity', meaning: 'drawings.identityDoes' },
  conv3x3: { colour: 'blue', name: 'drawings.conv3x3', meaning: 'drawings.conv3x3Does' },
  sep3x3: { colour: 'orange', name: 'drawings.sep3x3', meaning: 'drawings.sep3x3Does' },
  sep5x5: { colour: 'orange', name: 'drawings.sep5x5', meaning: 'drawings.sep5x5Does' },
  invertedResidual: {
    colour: 'purple',
    name: 'drawings.invertedResidual',
    meaning: 'drawings.invertedResidualDoes',
  },
  edgeConv3x3: { colour: 'green', name: 'drawings.edgeConv3x3', meaning: 'drawings.edgeConv3x3Does' },
};

/** In the order in which they are listed. */
export const opOrder = Object.keys(looks);

const unknown: OpLook = { colour: 'soft', name: 'drawings.otherOp', meaning: 'drawings.otherOpDoes' };

/** An engine may know operations that this page does not know yet. */
export const lookOf = (op: string): OpLook => looks[op] ?? unknown;
