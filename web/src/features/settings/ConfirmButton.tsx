export { ConfirmButton } from '@/components/ConfirmButton'
