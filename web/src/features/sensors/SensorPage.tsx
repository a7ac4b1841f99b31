export default function SensorPage() {
  return null
}
