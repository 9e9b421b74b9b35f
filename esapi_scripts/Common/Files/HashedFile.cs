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
        private readonly FileStream stream;
        private readonly FileStream synced;
        private readonly Sha256 digest = Sha256.Create();
        private readonly BlockingCollection<byte[]> free = new BlockingCollection<byte[]>();
        private readonly Stage writing;
        private readonly Stage hashing;
        private readonly Stage syncing;
        private long unsynced;

        /// <summary>Makes the file; it must not exist.</summary>
        /// <param name="path">Where.</param>
        /// <param name="pieceBytes">Size of every lent buffer.</param>
        public HashedFile(string path, int pieceBytes)
        {
            stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, 1);
            // A handle of its own: one stream is not for two threads, and what it synchronises is the file.
            synced = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1);
            int buffers = Math.Min(Math.Max(BufferedBytes / Math.Max(pieceBytes, 1), FewestBuffers), MostBuffers);
            for (int i = 0; i < buffers; i++)
            {
                free.Add(new byte[pieceBytes]);
            }
            syncing = new Stage("sync", delegate { synced.Flush(true); });
            // A buffer is written first and digested then; both happen while the caller fills others.
            hashing = new Stage("hash", delegate(Piece piece)
            {
                digest.Add(piece.Buffer, piece.Count);
                free.Add(piece.Buffer);
            });
            writing = new Stage("write", delegate(Piece piece)
            {
                stream.Write(piece.Buffer, 0, piece.Count);
                hashing.Add(piece);
                SyncNowAndThen(piece.Count);
            });
        }

        /// <summary>Lends a buffer to fill; waits for one to be free.</summary>
        public byte[] Lend()
        {
            byte[] buffer;
            while (!free.TryTake(out buffer, 100))
            {
                ThrowIfFailed();
            }
            return buffer;
        }

        /// <summary>Appends the first <paramref name="count"/> bytes of a lent buffer, which is given back.</summary>
        public void Append(byte[] lent, int count)
        {
            ThrowIfFailed();
            writing.Add(new Piece(lent, count));
        }

        /// <summary>Waits until everything is on disk and returns the SHA-256 of the file.</summary>
        public string Finish()
        {
            writing.Finish();
            syncing.Finish();
            ThrowIfFailed();
            stream.Flush(true); // while the last pieces are digested
            hashing.Finish();
            ThrowIfFailed();
            return digest.Finish();
        }

        /// <summary>Ends the threads and closes the file.</summary>
        public void Dispose()
        {
            writing.Finish();
            hashing.Finish();
            syncing.Finish();
            synced.Dispose();
            stream.Dispose();
            digest.Dispose();
        }

        /// <summary>Sends what was written to the disk while more is written, instead of everything at the end.</summary>
        private void SyncNowAndThen(int count)
        {
            unsynced += count;
            if (unsynced >= SyncBytes && syncing.IsIdle)
            {
                unsynced = 0;
                syncing.Add(new Piece());
            }
        }

        private void ThrowIfFailed()
        {
            Exception error = writing.Error ?? hashing.Error ?? syncing.Error;
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
            private readonly BlockingCollection<Piece> queue = new BlockingCollection<Piece>();
            private readonly Thread thread;
            private readonly Action<Piece> action;
            private volatile Exception error;

            public Stage(string name, Action<Piece> action)
            {
                this.action = action;
                thread = new Thread(Run) { Name = "esapi-bridge " + name, IsBackground = true };
                thread.Start();
            }

            public Exception Error
            {
                get { return error; }
            }

            /// <summary>Whether no piece waits.</summary>
            public bool IsIdle
            {
                get { return queue.Count == 0; }
            }

            public void Add(Piece piece)
            {
                queue.Add(piece);
            }

            public void Finish()
            {
                queue.CompleteAdding();
                thread.Join();
            }

            private void Run()
            {
                try
                {
                    foreach (Piece piece in queue.GetConsumingEnumerable())
                    {
                        action(piece);
                    }
                }
                catch (Exception caught)
                {
                    error = caught; // told to the caller's thread at its next call
                }
            }
        }
    }
}
