using System;
using System.Collections.Concurrent;
using System.IO;
using System.Threading;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// A new file that is written by one thread, digested by a second and sent to the disk by a third while the caller
    /// prepares the next piece. Buffers are lent and come back by themselves, so memory stays bounded and nothing is allocated per piece.
    /// </summary>
    public sealed class HashedFile : IDisposable
    {
        private const int FewestBuffers = 4;
        private const int MostBuffers = 32;
        private const int BufferedBytes = 32 << 20;
        private const long SyncBytes = 16 << 20;
        private readonly FileStream _stream;
        private readonly FileStream _synced;
        private readonly Sha256 _digest = Sha256.Create();
        private readonly BlockingCollection<byte[]> _free = new BlockingCollection<byte[]>();
        private readonly Stage _writing;
        private readonly Stage _hashing;
        private readonly Stage _syncing;
        private long _unsynced;

        /// <summary>Makes the file; it must not exist.</summary>
        /// <param name="path">Where.</param>
        /// <param name="pieceBytes">Size of every lent buffer.</param>
        public HashedFile(string path, int pieceBytes)
        {
            _stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, 1);
            // A handle of its own: one stream is not for two threads, and what it synchronises is the file.
            FileStream synced = null;
            Moves.Patiently(delegate { synced = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1); });
            _synced = synced;
            int buffers = Math.Min(Math.Max(BufferedBytes / Math.Max(pieceBytes, 1), FewestBuffers), MostBuffers);
            for (int i = 0; i < buffers; i++)
            {
                _free.Add(new byte[pieceBytes]);
            }
            _syncing = new Stage("sync", delegate { _synced.Flush(true); });
            // A buffer is written first and digested then; both happen while the caller fills others.
            _hashing = new Stage("hash", delegate(Piece piece)
            {
                _digest.Add(piece.Buffer, piece.Count);
                _free.Add(piece.Buffer);
            });
            _writing = new Stage("write", delegate(Piece piece)
            {
                _stream.Write(piece.Buffer, 0, piece.Count);
                _hashing.Add(piece);
                SyncNowAndThen(piece.Count);
            });
        }

        /// <summary>Lends a buffer to fill; waits for one to be free.</summary>
        public byte[] Lend()
        {
            byte[] buffer;
            while (!_free.TryTake(out buffer, 100))
            {
                ThrowIfFailed();
            }
            return buffer;
        }

        /// <summary>Appends the first <paramref name="count"/> bytes of a lent buffer, which is given back.</summary>
        public void Append(byte[] lent, int count)
        {
            ThrowIfFailed();
            _writing.Add(new Piece(lent, count));
        }

        /// <summary>Waits until everything is on disk and returns the SHA-256 of the file.</summary>
        public string Finish()
        {
            _writing.Finish();
            _syncing.Finish();
            ThrowIfFailed();
            _stream.Flush(true); // while the last pieces are digested
            _hashing.Finish();
            ThrowIfFailed();
            return _digest.Finish();
        }

        /// <summary>Ends the threads and closes the file.</summary>
        public void Dispose()
        {
            _writing.Finish();
            _hashing.Finish();
            _syncing.Finish();
            _synced.Dispose();
            _stream.Dispose();
            _digest.Dispose();
        }

        /// <summary>Sends what was written to the disk while more is written, instead of everything at the end.</summary>
        private void SyncNowAndThen(int count)
        {
            _unsynced += count;
            if (_unsynced >= SyncBytes && _syncing.IsIdle)
            {
                _unsynced = 0;
                _syncing.Add(new Piece());
            }
        }

        private void ThrowIfFailed()
        {
            Exception error = _writing.Error ?? _hashing.Error ?? _syncing.Error;
            if (error != null)
            {
                throw new BridgeException("a file could not be written; free space on the disk and try again", error);
            }
        }

        private struct Piece
        {
            public readonly byte[] Buffer;
            public readonly int Count;

            public Piece(byte[] buffer, int count)
            {
                Buffer = buffer;
                Count = count;
            }
        }

        /// <summary>A thread that does one thing to every piece, in order, and remembers its first error.</summary>
        private sealed class Stage
        {
            private readonly BlockingCollection<Piece> _queue = new BlockingCollection<Piece>();
            private readonly Thread _thread;
            private readonly Action<Piece> _action;
            private volatile Exception _error;

            public Stage(string name, Action<Piece> action)
            {
                _action = action;
                _thread = new Thread(Run) { Name = "esapi-bridge " + name, IsBackground = true };
                _thread.Start();
            }

            public Exception Error
            {
                get { return _error; }
            }

            /// <summary>Whether no piece waits.</summary>
            public bool IsIdle
            {
                get { return _queue.Count == 0; }
            }

            public void Add(Piece piece)
            {
                _queue.Add(piece);
            }

            public void Finish()
            {
                _queue.CompleteAdding();
                _thread.Join();
            }

            private void Run()
            {
                try
                {
                    foreach (Piece piece in _queue.GetConsumingEnumerable())
                    {
                        _action(piece);
                    }
                }
                catch (Exception caught)
                {
                    _error = caught; // told to the caller's thread at its next call
                }
            }
        }
    }
}
