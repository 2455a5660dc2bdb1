"""How sure a prediction or a map is: the members that it varies over, and its spread over them."""
