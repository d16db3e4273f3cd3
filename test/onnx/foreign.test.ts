import { expect, test } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { input } from '../../src-main/graph/build';
import { inspectForeign } from '../../src-main/onnx/foreign';
import { onnx, type schema } from '../../src-main/onnx/proto';
import { declare, foreignModel, nearest } from '../support/tinyModels';

const { TensorProto, AttributeProto } = onnx;
type Edit = (model: schema.ModelProto) => void;

const inspect = (edit?: Edit) =>
  inspectForeign(
    'theirs.onnx',
    onnx.ModelProto.decode(foreignModel(nearest(2, input('x', [1, 3, 'h', 'w'])), edit)),
  );

test.each<[string, (number | null)[], string[], string | undefined]>([
  ['channels first', [1, 3, null, null], ['NCHW'], undefined],
  ['channels last', [1, null, null, 3], ['NHWC'], undefined],
  ['nothing declared', [null, null, null, null], ['NCHW', 'NHWC'], undefined],
  ['0 and -1 for what is open', [-1, 3, 0, 0], ['NCHW'], undefined],
  ['a size of its own', [1, 3, 48, 64], ['NCHW'], '64x48'],
  ['a size of its own, channels last', [1, 48, 64, 3], ['NHWC'], '64x48'],
])('%s', (_, dims, layouts, fixedSize) => {
  expect(inspect(declare(...dims))).toEqual({ input: 'x', output: 'enlarged', layouts, fixedSize });
});

test('inputs that have a value are no inputs', () => {
  const withDefault: Edit = ({ graph }) => {
    graph!.input!.push({ name: graph!.initializer![0]!.name! });
  };
  expect(inspect(withDefault).input).toBe('x');
});

/** Puts a graph into a branch of the first node. */
const nested =
  (inner: schema.IGraphProto): Edit =>
  ({ graph }) => {
    graph!.node![0]!.attribute!.push({
      name: 'then_branch',
      type: AttributeProto.AttributeType.GRAPH,
      g: inner,
    });
  };
const external = { name: 'w', externalData: [{ key: 'location', value: '/etc/passwd' }] };

test.each<[string, Edit, string]>([
  ['weights elsewhere', ({ graph }) => graph!.initializer!.push(external), 'weights in another file'],
  [
    'a weight that says it is elsewhere',
    ({ graph }) => (graph!.initializer![0]!.dataLocation = TensorProto.DataLocation.EXTERNAL),
    'weights in another file',
  ],
  ['weights elsewhere in a branch', nested({ initializer: [external] }), 'weights in another file'],
  [
    'weights elsewhere in an attribute',
    nested({ node: [{ opType: 'Constant', attribute: [{ name: 'value', t: external }] }] }),
    'weights in another file',
  ],
  ['foreign operators', ({ graph }) => (graph!.node![0]!.domain = 'com.acme'), 'operators of com.acme'],
  ['foreign operators in a branch', nested({ node: [{ domain: 'com.acme' }] }), 'operators of com.acme'],
  ['operators of its own', (model) => model.functions.push({ name: 'f' }), 'operators of its own'],
  ['two inputs', ({ graph }) => graph!.input!.push({ name: 'y' }), 'takes 2 inputs (x, y)'],
  ['no input', ({ graph }) => (graph!.input = []), 'takes 0 inputs'],
  ['no output', ({ graph }) => (graph!.output = []), 'has no output'],
  [
    'half floats',
    ({ graph }) => (graph!.input![0]!.type!.tensorType!.elemType = TensorProto.DataType.FLOAT16),
    'not a picture of 32-bit floats',
  ],
  ['three dimensions', declare(3, null, null), 'not a picture of 32-bit floats'],
  ['luma only', declare(1, 1, null, null), 'pictures of 1 channels'],
  ['luma only, channels last', declare(1, 48, 48, 1), 'pictures of 1 channels'],
  ['many pictures at a time', declare(8, 3, null, null), 'takes 8 pictures'],
])('%s are refused with the reason', (_, edit, reason) => {
  const refused = () => inspect(edit);
  expect(refused).toThrow(UserError);
  expect(refused).toThrow(`theirs.onnx cannot be imported: it`);
  expect(refused).toThrow(reason);
});
