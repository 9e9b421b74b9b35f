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
        private readonly Bridge _bridge;
        private readonly Progress _progress;

        /// <summary>Prepares a job.</summary>
        public Job(Bridge bridge, Progress progress)
        {
            _bridge = bridge;
            _progress = progress;
        }

        /// <summary>Runs a job to its end.</summary>
        /// <param name="task">Name of the task.</param>
        /// <param name="options">Its options.</param>
        /// <param name="fill">Writes the case into the folder it is given.</param>
        /// <returns>What the Python side says of the checked result.</returns>
        public JsonObject Run(string task, Dictionary<string, object> options, Action<string> fill)
        {
            NewJob job = _bridge.NewJob();
            try
            {
                fill(job.Folder);
            }
            catch
            {
                _bridge.Discard(job.Id);
                throw;
            }
            _bridge.Submit(job.Id, task, options);
            Follow(job.Id);
            return _bridge.Result(job.Id);
        }

        private void Follow(string id)
        {
            try
            {
                for (JobStatus status = _bridge.Status(id); status.State != JobState.Done; status = _bridge.Status(id))
                {
                    if (status.State == JobState.Failed)
                    {
                        throw status.Error;
                    }
                    if (status.State == JobState.Cancelled)
                    {
                        throw new CancelledException();
                    }
                    _progress.Report("worker: " + status.Step, status.Done, status.Total);
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
            _bridge.Cancel(id);
            DateTime end = DateTime.UtcNow + CancelPatience;
            while (DateTime.UtcNow < end && !_bridge.Status(id).HasEnded)
            {
                Thread.Sleep(PollMs);
            }
        }
    }
}
