import { describe, expect, it } from 'vitest';
import * as g from '../../src-main/graph/build';
import { encodeModel } from '../../src-main/onnx/encode';
import { Program } from '../../src-main/runtime/program';
import { Session } from '../../src-main/runtime/session';

describe('Program', () => {
  const x = g.input('x', [2]);
  const y = g.input('y', [2]);
  const of = (...values: number[]) => Float32Array.from(values);

  it('runs again and again with new feeds', async () => {
    const program = await Program.compile({ sum: g.add(x, y), product: g.mul(x, y) });
    expect(await program.run({ x: of(1, 2), y: of(3, 4) })).toEqual({ sum: of(4, 6), product: of(3, 8) });
    expect(await program.run({ x: of(0, 1), y: of(5, 6) })).toEqual({ sum: of(5, 7), product: of(0, 6) });
    await program.dispose();
  });

  it('keeps earlier results as they were', async () => {
    const program = await Program.compile({ double: g.mul(x, 2) });
    const first = await program.run({ x: of(1, 2) });
    await program.run({ x: of(8, 9) });
    expect(first.double).toEqual(of(2, 4));
    await program.dispose();
  });

  it('feeds results back as feeds', async () => {
    const program = await Program.compile({ next: g.add(x, 1), square: g.mul(x, x) });
    let state: Float32Array = of(0, 1);
    for (let i = 0; i < 5; i++) state = (await program.run({ x: state })).next;
    expect(state).toEqual(of(5, 6));
    await program.dispose();
  });

  it('takes no notice of feeds that simplifying made needless', async () => {
    const program = await Program.compile({ z: g.slice(g.concat([x, g.expand(x, [2])], 0), 0, 0, 2) });
    expect(await program.run({ x: of(1, 2), y: of(3, 4) })).toEqual({ z: of(1, 2) });
    await program.dispose();
  });

  it('refuses an output that bears the name of an input', async () => {
    const clash = Program.compile({ x: g.add(x, 1) });
    await expect(clash).rejects.toThrow('x names both an input and an output');
  });

  it('names the feed that is missing', async () => {
    const program = await Program.compile({ sum: g.add(x, y) });
    await expect(program.run({ x: of(1, 2) })).rejects.toThrow('no values for the input y');
    await program.dispose();
  });

  it('refuses a feed of another size', async () => {
    const program = await Program.compile({ sum: g.add(x, y) });
    await expect(program.run({ x: of(1, 2), y: of(3) })).rejects.toThrow();
    await program.dispose();
  });

  it('refuses an open picture size', async () => {
    const open = g.relu(g.input('lr', [1, 3, 'h', 'w']));
    await expect(Program.compile({ open })).rejects.toThrow(
      'Expected a fixed shape but received [1, 3, h, w]',
    );
  });

  it('gives the same numbers on one thread, without spinning', async () => {
    const kernel = g.constant(
      Float32Array.from({ length: 9 }, (_, i) => i / 9),
      [1, 1, 3, 3],
    );
    const network = { out: g.conv(g.input('lr', [1, 1, 8, 8]), kernel) };
    const feeds = { lr: Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)) };
    const programs = [
      await Program.compile(network),
      await Program.compile(network, { threads: 1, spin: false }),
    ];
    const [a, b] = [await programs[0]!.run(feeds), await programs[1]!.run(feeds)];
    a.out.forEach((value, i) => {
      expect(value).toBeCloseTo(b.out[i]!, 5);
    });
    for (const program of programs) await program.dispose();
  });
});

describe('Session', () => {
  it('tells the names and the shapes of what it runs', async () => {
    const session = await Session.create(encodeModel({ turned: g.transpose(g.input('x', [2, 3]), [1, 0]) }));
    expect([session.inputNames, session.outputNames]).toEqual([['x'], ['turned']]);
    const { turned } = await session.run({ x: { data: Float32Array.of(1, 2, 3, 4, 5, 6), dims: [2, 3] } });
    expect(turned).toEqual({ data: Float32Array.of(1, 4, 2, 5, 3, 6), dims: [3, 2] });
    await session.release();
  });

  it('refuses bytes that are no model', async () => {
    await expect(Session.create(Uint8Array.of(1, 2, 3))).rejects.toThrow();
  });
});
