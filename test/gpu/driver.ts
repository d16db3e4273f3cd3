import { swiftShader } from '../support/swiftshader';

/** Without a GPU the processor plays one. On a machine with one: GPU=own npm run test:gpu. */
export default function setup(): void {
  if (process.env['GPU'] !== 'own') Object.assign(process.env, swiftShader());
}
