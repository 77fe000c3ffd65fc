"""Entering a node with one's own. `issuer`, `clients`, `server`: this node vouches for its members elsewhere.
`home`, `entrances`, `acts`: people of other nodes here. `signing`: what this node signs for its members."""
