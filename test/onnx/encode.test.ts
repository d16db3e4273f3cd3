import { afterEach, describe, expect, it } from 'vitest';
import * as g from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import type { Node } from '../../src-main/graph/ops';
import { encodeModel } from '../../src-main/onnx/encode';
import { onnx } from '../../src-main/onnx/proto';
import { Session, type Tensor } from '../../src-main/runtime/session';
import { expectClose, randomValues } from '../support/gradcheck';

const sessions: Session[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.release();
});

async function load(outputs: Record<string, Node>): Promise<Session> {
  const session = await Session.create(encodeModel(outputs));
  sessions.push(session);
  return session;
}

const tensor = (data: readonly number[], dims: readonly number[]): Tensor => ({
  data: Float32Array.from(data),
  dims,
});
const x = g.input('x', [2, 3]);
const feeds = { x: tensor([1, 2, 3, 4, 5, 6], [2, 3]) };

/** What the bytes say, read back by the ONNX schema. */
function decode(outputs: Record<string, Node>, metadata: Record<string, string> = {}) {
  const { graph, ...model } = onnx.ModelProto.decode(encodeModel(outputs, metadata));
  return { ...model, graph: graph! };
}

describe('the encoded model', () => {
  it('carries names, shapes, opsets and metadata', () => {
    const open = g.relu(
      g.conv(g.input('lr', [1, 3, 'h', 'w']), g.constant(new Float32Array(27), [1, 3, 3, 3])),
    );
    const { graph, opsetImport, metadataProps } = decode({ hr: open }, { scale: '2', note: 'größer 大' });
    const dims = (value: (typeof graph.input & object)[number]) =>
      value.type!.tensorType!.shape!.dim!.map((d) => d.dimParam || Number(d.dimValue));
    expect(graph.input!.map((value) => [value.name, dims(value)])).toEqual([['lr', [1, 3, 'h', 'w']]]);
    expect(graph.output!.map((value) => [value.name, dims(value)])).toEqual([['hr', [1, 1, 'h', 'w']]]);
    expect(opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([
      ['', 17],
      ['com.microsoft', 1],
    ]);
    expect(metadataProps.map(({ key, value }) => [key, value])).toEqual([
      ['scale', '2'],
      ['note', 'größer 大'],
    ]);
  });

  it('holds a node once however often it is used, and small integer lists once', () => {
    const y = g.relu(x);
    const { graph } = decode({ y: g.add(g.reduceSum(y, [0], true), g.reduceSum(g.mul(y, y), [0], true)) });
    expect(graph.node!.map(({ opType }) => opType).sort()).toEqual([
      'Add',
      'Mul',
      'ReduceSum',
      'ReduceSum',
      'Relu',
    ]);
    expect(graph.initializer).toHaveLength(1);
  });

  it('is the same bytes for the same graph', () => {
    const bytes = () => encodeModel({ y: g.mul(g.relu(g.input('x', [2, 3])), 2) }, { scale: '2' });
    expect(bytes()).toEqual(bytes());
  });
});

describe('outputs of every kind come out under their own names', () => {
  it.each<[string, Record<string, Node>, Record<string, number[]>]>([
    [
      'one node asked for twice',
      ((y) => ({ a: y, b: y }))(g.mul(x, 2)),
      { a: [2, 4, 6, 8, 10, 12], b: [2, 4, 6, 8, 10, 12] },
    ],
    [
      'an input',
      { same: x, double: g.mul(x, 2) },
      { same: [1, 2, 3, 4, 5, 6], double: [2, 4, 6, 8, 10, 12] },
    ],
    [
      'a constant',
      { fixed: g.constant([7, 8], [2]), sum: g.reduceSum(x, [0, 1]) },
      { fixed: [7, 8], sum: [21] },
    ],
    [
      'an inner node of another output',
      ((y) => ({ inner: y, outer: g.add(y, 1) }))(g.mul(x, 0)),
      { inner: [0, 0, 0, 0, 0, 0], outer: [1, 1, 1, 1, 1, 1] },
    ],
    [
      'names that look like our own',
      { t1: g.add(g.mul(g.add(x, 1), 2), 3), i0: g.reduceSum(x, [1]), t0: g.relu(x) },
      { t1: [7, 9, 11, 13, 15, 17], i0: [6, 15], t0: [1, 2, 3, 4, 5, 6] },
    ],
  ])('%s', async (_, outputs, expected) => {
    const session = await load(outputs);
    expect([...session.outputNames].sort()).toEqual(Object.keys(expected).sort());
    const results = await session.run(feeds);
    for (const [name, values] of Object.entries(expected))
      expect([...results[name]!.data], name).toEqual(values);
  });

  it('an input under its own name', async () => {
    const { x: same } = await (await load({ x, y: g.relu(x) })).run(feeds);
    expect([...same!.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('an input that is named like an inner node', async () => {
    const session = await load({ y: g.add(g.mul(g.input('t1', [2]), 2), 3) });
    const { y } = await session.run({ t1: tensor([1, 2], [2]) });
    expect([...y!.data]).toEqual([5, 7]);
  });
});

describe('what ONNX writes differently', () => {
  it.each<[string, Node, number[]]>([
    [
      'a flip down to the first element',
      g.make('Slice', [x], { axes: [1], starts: [2], ends: [-1], steps: [-1] }),
      [3, 2, 1, 6, 5, 4],
    ],
    ['steps of two', g.make('Slice', [x], { axes: [1], starts: [0], ends: [3], steps: [2] }), [1, 3, 4, 6]],
    ['a sum over no axes', g.reduceSum(x, []), [1, 2, 3, 4, 5, 6]],
    ['a sum over all axes', g.reduceSum(x, [0, 1]), [21]],
    ['a shape of rank zero', g.reshape(g.reduceSum(x, [0, 1], true), []), [21]],
    ['zeros on all sides', g.pad(g.slice(x, 1, 0, 1), [1, 0, 0, 1]), [0, 0, 1, 0, 4, 0]],
    ['repeated edges', g.pad(g.slice(x, 1, 0, 2), [0, 1, 1, 0], 'edge'), [1, 1, 2, 4, 4, 5, 4, 4, 5]],
    ['a comparison as a condition', g.where(g.greater(x, 3), 1, g.mul(x, -1)), [-1, -2, -3, 1, 1, 1]],
  ])('%s', async (_, y, expected) => {
    const { y: result } = await (await load({ y })).run(feeds);
    expect([...result!.data]).toEqual(expected);
    expect(result!.dims).toEqual(y.shape);
    expect([...evaluate([y], { x: feeds.x.data })[0]!.data]).toEqual(expected);
  });
});

describe('a network with an open picture size', () => {
  const build = (h: number | string, w: number | string): Node => {
    const weight = (i: number, ...shape: number[]) =>
      g.constant(
        randomValues(
          shape.reduce((a, b) => a * b),
          5,
          i % 3,
        ),
        shape,
      );
    const lr = g.input('lr', [1, 3, h, w]);
    const stem = g.conv(lr, weight(0, 12, 3, 3, 3), weight(1, 12));
    const body = g.add(stem, g.mul(g.relu(g.conv(stem, weight(2, 12, 1, 5, 5))), 0.2));
    const edges = g.conv(g.pad(lr, [2, 2, 2, 2], 'edge'), weight(3, 12, 3, 5, 5), undefined, [0, 0, 0, 0]);
    const joined = g.concat([g.slice(body, 1, 0, 6), g.max(g.slice(body, 1, 6, 12), 0)], 1);
    return g.depthToSpace(g.add(joined, edges), 2);
  };

  it('runs at every size as the network of that size does', async () => {
    const session = await load({ hr: build('h', 'w') });
    for (const [h, w] of [
      [1, 1],
      [4, 7],
      [16, 5],
      [3, 3],
    ] as const) {
      const lr = randomValues(3 * h * w, h, 0);
      const { hr } = await session.run({ lr: { data: lr, dims: [1, 3, h, w] } });
      expect(hr!.dims).toEqual([1, 3, 2 * h, 2 * w]);
      expectClose(hr!.data, evaluate([build(h, w)], { lr })[0]!.data, 1e-5, `${h}x${w}`);
    }
  });
});
