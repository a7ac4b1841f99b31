"""Rules on series, as pure functions: (rule, state, sample or tick or present value) -> (state, transitions).

    CLEAR --raises--> PENDING --held for_seconds--> OPEN --clears--> CLEAR
      \\_______________raises, for_seconds = 0________/

rule.py compiles a rule, state.py has the state of one rule on one series, phases.py the moves between its phases.
sample.py, tick.py and present.py say what a new value, the passing of time and a new condition do to it; rate.py
measures the change a minute.

Two time lines. What alerts say, and the order of samples, is on the *series' line*: the effective time of a sample,
which is its own time, or that of its receipt where it claims to be from the future. A sample older than the last one
is *late*: stored, not evaluated. The exception is a last one that lies in the future of the server's clock: then a
clock was set, and the line goes on from the new sample (`sample._shift_times`). Durations are measured on the *steady
line*, which no step of a clock moves: how long nothing came, how long the last value has held. A tick fires only what
its *watermark* has passed (all that arrived up to then is evaluated), since lag is not silence. With or without ticks
the same samples give the same transitions; ticks only make them come in time.

Outside its schedule a rule is *suspended* (`rule.suspend_rule`): another condition, that nothing raises and everything
clears. So the edges of a schedule do what an edit of the condition does, after a kill at the next start; what they end
is told as SUSPENDED.

Cost: a sample that changes no phase builds one struct, about 0.4 us. States are immutable, so a transaction that
fails drops the new ones and needs no undo.
"""
