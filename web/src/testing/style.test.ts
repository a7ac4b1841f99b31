import { screen } from '@testing-library/react'
import { expect, test } from 'vitest'

test('what jsdom would not show is not shown either', () => {
  document.body.innerHTML = `
    <p hidden><button>in what is hidden</button></p>
    <p style="display: none"><button>not displayed</button></p>
    <p style="visibility: hidden"><button>invisible</button><button style="visibility: visible">visible</button></p>
    <dialog><button>in a closed dialog</button></dialog>
    <dialog open><button>in an open dialog</button></dialog>
    <p style="pointer-events: none"><button><b>two</b><i>words</i><span hidden> more</span></button></p>`
  expect(screen.getAllByRole('button').map((each) => each.textContent)).toEqual([
    'visible',
    'in an open dialog',
    'twowords more',
  ])
  const button = screen.getByRole('button', { name: 'twowords' })
  expect(getComputedStyle(button).pointerEvents).toBe('none')
  expect(getComputedStyle(button).display).toBe('inline-block')
  expect(screen.getByText('in a closed dialog')).not.toBeVisible()
  document.body.innerHTML = ''
})
