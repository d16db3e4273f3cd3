import { make } from './build';
import { topological, type Node } from './ops';

/** The graph built anew from its inputs on, every node being what `rule` makes of it. */
export function rewrite<K extends string>(
  outputs: Readonly<Record<K, Node>>,
  rule: (node: Node) => Node,
): Record<K, Node> {
  const rewritten = new Map<Node, Node>();
  for (const node of topological(Object.values(outputs))) {
    const inputs = node.inputs.map((x) => rewritten.get(x)!);
    const changed = inputs.some((x, i) => x !== node.inputs[i]);
    rewritten.set(node, rule(changed ? make(node.op, inputs, node.attrs) : node));
  }
  const entries = Object.entries<Node>(outputs).map(([name, node]) => [name, rewritten.get(node)!]);
  return Object.fromEntries(entries) as Record<K, Node>;
}
