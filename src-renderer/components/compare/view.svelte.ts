import type { Region, Size } from './layers';

/** Usual steps of the zoom keys; pixels of the scene are this many pixels of the page wide. */
const steps = [0.25, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 4, 6, 8] as const;
const [least, most] = [0.25, 8];

/** Which part of a scene is seen how large: everything in pixels of the scene, the screen's in CSS pixels. */
export class View {
  zoom = $state(1);
  /** The place of the scene that is in the middle of the screen. */
  x = $state(0);
  y = $state(0);
  screen = $state.raw<Size>({ width: 0, height: 0 });
  scene = $state.raw<Size>({ width: 1, height: 1 });

  /** The whole scene just fits; never enlarged. */
  readonly fitting = $derived(
    Math.min(1, this.screen.width / this.scene.width, this.screen.height / this.scene.height) || 1,
  );
  /** What is seen, cut at the scene's edges. */
  readonly visible: Region = $derived.by(() => {
    const { screen, scene, zoom } = this;
    const left = Math.max(0, this.x - screen.width / zoom / 2);
    const top = Math.max(0, this.y - screen.height / zoom / 2);
    const right = Math.min(scene.width, this.x + screen.width / zoom / 2);
    const bottom = Math.min(scene.height, this.y + screen.height / zoom / 2);
    return { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
  });
  /** Where the scene's corner lies on the screen; whole pixels, so that 100 % is sharp. */
  readonly left = $derived(Math.round(this.screen.width / 2 - this.x * this.zoom));
  readonly top = $derived(Math.round(this.screen.height / 2 - this.y * this.zoom));

  /** Shows the middle of a new scene. */
  begin(scene: Size, zoom: number): void {
    this.scene = scene;
    this.x = scene.width / 2;
    this.y = scene.height / 2;
    this.zoomTo(zoom);
  }

  /** The place (from the middle of the screen) stays where it is. */
  zoomTo(zoom: number, atX = 0, atY = 0): void {
    const next = Math.min(most, Math.max(Math.min(least, this.fitting), zoom));
    this.x += atX / this.zoom - atX / next;
    this.y += atY / this.zoom - atY / next;
    this.zoom = next;
    this.hold();
  }

  fit(): void {
    this.zoomTo(this.fitting);
  }

  zoomIn(): void {
    this.zoomTo(steps.find((step) => step > this.zoom * 1.001) ?? most);
  }

  zoomOut(): void {
    this.zoomTo(steps.findLast((step) => step < this.zoom * 0.999) ?? this.fitting);
  }

  /** Moves the picture by pixels of the screen. */
  pan(dx: number, dy: number): void {
    this.x -= dx / this.zoom;
    this.y -= dy / this.zoom;
    this.hold();
  }

  /** The scene covers the screen, or lies in its middle where it is smaller. */
  hold(): void {
    this.x = held(this.x, this.scene.width, this.screen.width / this.zoom);
    this.y = held(this.y, this.scene.height, this.screen.height / this.zoom);
  }
}

function held(middle: number, scene: number, seen: number): number {
  if (seen >= scene) return scene / 2;
  return Math.min(scene - seen / 2, Math.max(seen / 2, middle));
}
