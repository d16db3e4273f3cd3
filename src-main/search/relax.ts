/**
 * Sparsestmax (Shao et al., "SSN: Learning Sparse Switchable Normalization via SparsestMax", CVPR 2019,
 * arXiv 1903.03793): logits to probabilities that are pushed from the centre of the simplex out to radius r, so that
 * they become sparse and, once r reaches the circumradius, one-hot. All in double precision.
 */

export interface Relaxation {
  /** Probabilities: on the simplex, exact zeros off the support. */
  p: Float64Array;
  /** dL/dp to dL/dlogits. A one-hot p has a zero Jacobian: a choice once made stays made. */
  backward: (grad: ArrayLike<number>) => Float64Array;
  /** Size of the face that the first projection hit: what the radial pushes started from. */
  firstFace: number;
}

/** Circumradius of the simplex with k corners: from this r on the result is one-hot. */
export const circumradius = (k: number): number => Math.sqrt(1 - 1 / k);

/** Euclidean projection onto the simplex (Martins & Astudillo 2016). */
export function sparsemax(z: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(z).sort().reverse();
  let sum = 0;
  let tau = 0;
  for (let k = 1; k <= sorted.length; k++) {
    sum += sorted[k - 1]!;
    if (1 + k * sorted[k - 1]! > sum) tau = (sum - 1) / k;
  }
  return Float64Array.from(z, (v) => Math.max(v - tau, 0));
}

interface Pass {
  support: boolean[];
  /** The radial push of this pass, if there was one: direction, its length, radius. */
  push?: { d: Float64Array; length: number; r: number };
}

/** Shorter than this, what logits differ by is rounding. */
const noDirection = 1e-13;

/** What is left of x on the face once its mean there is taken away; 0 off the face. */
function centred(x: Float64Array, support: readonly boolean[]): Float64Array {
  const face = support.filter(Boolean).length;
  const mean = x.reduce((sum, v, i) => sum + (support[i] ? v : 0), 0) / face;
  return x.map((v, i) => (support[i] ? v - mean : 0));
}

export function sparsestmax(z: ArrayLike<number>, r: number): Relaxation {
  const passes: Pass[] = [];
  let v = Float64Array.from(z);
  let squared = r * r;
  let faceBefore = 0;
  for (;;) {
    const w = sparsemax(v);
    const support = Array.from(w, (x) => x > 0);
    const face = support.filter(Boolean).length;
    const pass: Pass = { support };
    passes.push(pass);
    if (face === 1) return relaxation(w, passes);
    // Centres of nested faces of K and K' corners lie sqrt(1/K' - 1/K) apart.
    if (faceBefore > 0) squared = Math.max(squared - (1 / face - 1 / faceBefore), 0);
    // Centred twice: the rounding of the first time would be enlarged by the push and leave the simplex.
    const d = centred(centred(w, support), support);
    const length = Math.hypot(...d);
    const radius = Math.sqrt(squared);
    // Equal logits have no direction to be pushed in (0/0, or noise): they stay at the centre. A face that did not get
    // smaller was left by rounding only; pushing again might never end.
    if (length >= radius || length < noDirection || face === faceBefore) return relaxation(w, passes);
    pass.push = { d, length, r: radius };
    const p = d.map((x, i) => (support[i] ? 1 / face + (radius * x) / length : 0));
    if (p.every((x) => x >= 0)) return relaxation(p, passes);
    v = p;
    faceBefore = face;
  }
}

function relaxation(p: Float64Array, passes: readonly Pass[]): Relaxation {
  return {
    p,
    firstFace: passes[0]!.support.filter(Boolean).length,
    backward(grad) {
      // Faces, their centres and the reduced radius are constants here, as in the paper's Alg. 1.
      let g: Float64Array = Float64Array.from(grad);
      for (const { support, push } of [...passes].reverse()) {
        if (push) {
          const { d, length, r } = push;
          const along = d.reduce((sum, x, i) => sum + x * g[i]!, 0) / (length * length);
          g = g.map((x, i) => (support[i] ? (r / length) * (x - d[i]! * along) : 0));
        }
        g = centred(g, support);
      }
      return g;
    },
  };
}

/**
 * The radius with which a choice goes on so that its probabilities do not jump when candidates with probability zero are
 * dropped, where the first projection hits a face of `face` corners before and of `kept` after (METHOD B2):
 * r' = sqrt(max(0, r^2 - (1/K' - 1/K))).
 */
export function radiusAfterDrop(r: number, face: number, kept: number): number {
  return Math.sqrt(Math.max(0, r * r - (1 / kept - 1 / face)));
}
