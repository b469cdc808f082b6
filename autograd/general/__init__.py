"""The formula in indices, found from the graph of one network with numbers.

Nothing is stored for a kind of network. `nodes` brings the graph into normal form, `families` finds
the numbers that play one part, `coordinates` their indices, `ranks` the layers and time steps;
`calculus` writes their equations and differentiates them with the table of rules, in the algebra of
`terms`; `numbers` holds every general line to the engine, on every instance.
"""
