using System;
using System.Collections.Generic;
using System.Threading;

namespace EsapiBridge.Scripts
{
    /// <summary>One calculation by the worker: fill, submit, follow, fetch; whatever fails leaves no job behind.</summary>
    public sealed class Job
    {
        private const int PollMs = 200;
        private static readonly TimeSpan CancelPatience = TimeSpan.FromSeconds(10);
        private readonly Bridge bridge;
        private readonly Progress progress;

        /// <summary>Prepares a job.</summary>
        public Job(Bridge bridge, Progress progress)
        {
            this.bridge = bridge;
            this.progress = progress;
        }

        /// <summary>Runs a job to its end.</summary>
        /// <param name="task">Name of the task.</param>
        /// <param name="options">Its options.</param>
        /// <param name="fill">Writes the case into the folder it is given.</param>
        /// <returns>What the Python side says of the checked result.</returns>
        public JsonObject Run(string task, Dictionary<string, object> options, Action<string> fill)
        {
            NewJob job = bridge.NewJob();
            try
            {
                fill(job.Folder);
            }
            catch
            {
                bridge.Discard(job.Id);
                throw;
            }
            bridge.Submit(job.Id, task, options);
            Follow(job.Id);
            return bridge.Result(job.Id);
        }

        private void Follow(string id)
        {
            try
            {
                for (JobStatus status = bridge.Status(id); status.State != JobState.Done; status = bridge.Status(id))
                {
                    if (status.State == JobState.Failed)
                    {
                        throw status.Error;
                    }
                    if (status.State == JobState.Cancelled)
                    {
                        throw new CancelledException();
                    }
                    progress.Report("worker: " + status.Step, status.Done, status.Total);
                    Thread.Sleep(PollMs);
                }
            }
            catch (CancelledException)
            {
                CancelAndWait(id);
                throw;
            }
        }

        private void CancelAndWait(string id)
        {
            bridge.Cancel(id);
            DateTime end = DateTime.UtcNow + CancelPatience;
            while (DateTime.UtcNow < end && !bridge.Status(id).HasEnded)
            {
                Thread.Sleep(PollMs);
            }
        }
    }
}
