/** How a picture is shown: how large, and how far its middle is moved, in pixels of the window. */
export interface View {
  readonly scale: number
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

export const LARGEST = 5
export const whole: View = { scale: 1, x: 0, y: 0 }

/** The view enlarged by a factor about a point, which stays where it is; the point is given from the middle of the window. */
export function zoomAt(view: View, factor: number, point: { readonly x: number; readonly y: number }): View {
  const scale = Math.min(LARGEST, Math.max(1, view.scale * factor))
  const grown = scale / view.scale
  return scale === 1 ? whole : { scale, x: point.x - (point.x - view.x) * grown, y: point.y - (point.y - view.y) * grown }
}

/** The view moved, but never so far that the picture leaves the window. `shown` is the picture's size at scale 1. */
export function moveBy(view: View, x: number, y: number, shown: Size, window: Size): View {
  const room = (size: number, frame: number) => Math.max(0, (size * view.scale - frame) / 2)
  const clamp = (value: number, most: number) => Math.min(most, Math.max(-most, value))
  return {
    ...view,
    x: clamp(view.x + x, room(shown.width, window.width)),
    y: clamp(view.y + y, room(shown.height, window.height)),
  }
}
