export default function CameraStrip(_props: { limit?: number }) {
  return null
}
