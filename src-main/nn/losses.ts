import { abs, mean, sub } from '../graph/build';
import type { Node } from '../graph/ops';

/** Mean absolute error, a scalar. */
export const l1 = (output: Node, target: Node): Node => mean(abs(sub(output, target)));
