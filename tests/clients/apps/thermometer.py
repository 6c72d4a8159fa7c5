"""A server of the Model Context Protocol on standard input and output, with one tool."""

from mcp.server import MCPServer

server = MCPServer("thermometer")


@server.tool()
def get_temperature(location: str) -> str:
    """Gets the current temperature at a location."""
    return f"It is 21 degrees in {location}."


if __name__ == "__main__":
    server.run()
