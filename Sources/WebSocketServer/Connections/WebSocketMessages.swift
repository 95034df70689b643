import NIOCore

/// The messages of one connection as they come, for one reader. Ends when the peer closes or is lost.
package struct WebSocketMessages: AsyncSequence, Sendable {
    package typealias Element = WebSocketMessage
    package typealias Failure = Never

    typealias Strategy = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark
    typealias Producer = NIOAsyncSequenceProducer<WebSocketMessage, Strategy, Reading>

    let producer: Producer

    package func makeAsyncIterator() -> Iterator {
        Iterator(iterator: producer.makeAsyncIterator())
    }

    package struct Iterator: AsyncIteratorProtocol {
        let iterator: Producer.AsyncIterator

        @concurrent
        package mutating func next() async -> WebSocketMessage? {
            await iterator.next()
        }
    }

    /// Tells the event loop when the reader wants more, or nothing more.
    struct Reading: NIOAsyncSequenceProducerDelegate {
        let handler: NIOLoopBound<SocketHandler>

        func produceMore() {
            handler.eventLoop.execute { handler.value.resume() }
        }

        func didTerminate() {
            handler.eventLoop.execute { handler.value.discard() }
        }
    }
}
