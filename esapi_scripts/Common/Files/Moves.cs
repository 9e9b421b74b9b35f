using System;
using System.IO;
using System.Linq;
using System.Threading;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Gives files and folders their names, and removes them. On Windows what somebody reads, a virus scanner perhaps, can be
    /// neither renamed nor removed for that moment: it is tried again for three seconds, as on the Python side.
    /// </summary>
    public static class Moves
    {
        private const int PatienceMs = 3000;
        private const int PauseMs = 50;

        /// <summary>Access denied, in use, locked, folder not empty yet, replaced or replacing file in use (Win32 error codes).</summary>
        private static readonly int[] Held = { 5, 32, 33, 145, 1175, 1176 };

        /// <summary>Gives a file a name that is free.</summary>
        public static void Rename(string file, string name)
        {
            Patiently(delegate { File.Move(file, name); });
        }

        /// <summary>Gives a file a name; one that has it already is replaced, and is there until then.</summary>
        public static void Replace(string file, string name)
        {
            Patiently(delegate
            {
                if (File.Exists(name))
                {
                    File.Replace(file, name, null, true);
                }
                else
                {
                    File.Move(file, name);
                }
            });
        }

        /// <summary>Gives a folder a name that is free.</summary>
        public static void RenameFolder(string folder, string name)
        {
            Patiently(delegate { Directory.Move(folder, name); });
        }

        /// <summary>Removes a file.</summary>
        public static void Remove(string file)
        {
            Patiently(delegate { File.Delete(file); });
        }

        /// <summary>Removes a folder with all that is in it.</summary>
        public static void RemoveFolder(string folder)
        {
            Patiently(delegate
            {
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, true);
                }
            });
        }

        /// <summary>Does something to a file; while somebody holds the file, again and again.</summary>
        public static void Patiently(Action action)
        {
            DateTime end = DateTime.UtcNow.AddMilliseconds(PatienceMs);
            while (true)
            {
                try
                {
                    action();
                    return;
                }
                catch (SystemException error)
                {
                    if (!IsHeld(error) || DateTime.UtcNow > end)
                    {
                        throw;
                    }
                }
                Thread.Sleep(PauseMs);
            }
        }

        private static bool IsHeld(Exception error)
        {
            return (error is IOException || error is UnauthorizedAccessException) && Held.Contains(error.HResult & 0xffff);
        }
    }
}
